"""Do the intervals cover? Simulated studies of this size, from a known model and from the data, and how often each interval
held.

One repetition is a whole study in small: a corpus is drawn, linear models are fitted on random splits, on folds and on a corpus
without the held-out source, every interval the tables print is computed, and each is compared with what the same fitted models
do in the population, which is known in closed form. The kinds that must not be used stand in the table too, marked, so that
their failure is on record.

Three things an interval can be about: ``this model`` (one fitted model, fresh rows), ``this corpus`` (further runs of the
recipe on these training rows, fresh rows) and ``new corpus`` (everything drawn afresh, the mean over repetitions).

Where rows of a corpus come in clusters, a random split has relatives on both sides and scores higher than on fresh rows. That
bonus is part of what a random split measures, not an error of its interval: it is averaged over the repetitions and added to
the truth (see :func:`mirage.stats.coverage.summary.summarise`).

``worlds`` says what is drawn, ``linear`` fits, ``runs`` makes the runs of a small study, ``intervals`` the intervals of them,
``repetition`` puts one study together, ``kinds`` names what is simulated and ``summary`` counts; ``new_group`` draws groups alone.
"""
