package io.genrec.api.inference;

import org.apiguardian.api.API;

/**
 * One recommended item.
 *
 * @param item the raw id
 * @param score the model's score; larger is better, comparable within one answer
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Recommendation(String item, float score) {}
