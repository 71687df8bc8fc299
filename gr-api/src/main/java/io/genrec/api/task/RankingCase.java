package io.genrec.api.task;

import io.genrec.api.sequence.History;
import org.apiguardian.api.API;

/**
 * One question of an evaluation: what comes of some items that were shown to a user at one moment.
 *
 * @param user the user's number in the data
 * @param history the events before
 * @param impressions the events asked for; the model sees of them what is known before they happen
 * @param at the request's time in seconds
 */
@API(status = API.Status.STABLE, since = "0.1")
public record RankingCase(int user, History history, History impressions, long at) {}
