"""The kinds of interval and the words that are simulated, with the tables that print them.

Tables name their kinds by what stands here.
"""

from __future__ import annotations

from dataclasses import dataclass

from mirage.stats.coverage.runs import FEW

ONCE = "F1, one run"
RANDOM, FOLDS_LOOSE, FOLDS_WHOLE = "F1, random splits", "F1, 5-fold", "F1, 5-fold, clusters whole"
HELD, HELD_ONCE, MIXED = "F1, held-out source", "F1, held-out source, one run", "F1, held-out source and a fifth of the corpus"
GAP_HELD, GAP_MIXED = "gap, 5-fold minus held-out source", "gap, 5-fold minus held-out source and a fifth of the corpus"
GAP_CHOSEN = f"{GAP_MIXED}, chosen thresholds"
RECALL, RECALL_ONCE = "recall, held-out source", "recall, held-out source, one run"
FALSE_POSITIVES = "false-positive rate, a fifth of the corpus"
RESTATED, DROP = "F1 restated", "drop, 5-fold minus held-out, restated"
AGENTS, AGENTS_FIXED = "F1, two agents, random splits", "F1, two agents, held-out source and a fifth of the corpus"
RELATIVES = "F1, all rows minus rows without relatives"
EXPOSURE = "recall, trained with the source's other rows minus without"
AUC = "AUC, held-out source against a fifth of the corpus"
TERMS = ("found less often", "training size", "exposure", "false positives", "prevalence", "averaging")
THIS, NEW, MODEL = "this corpus", "new corpus", "this model"
ROWS, CLUSTERS = "rows x runs", "clusters x runs"
BOOTSTRAP, JOINT = "unit bootstrap", "joint unit bootstrap"
HOLDS, FALLS = "holds", "falls"
MEAN_OF_GROUPS, ONE_MORE_GROUP = "F1, mean over groups", "F1 in one more group"
AT_MARGIN, AT_ZERO = "at a drop of the margin", "at a drop of 0"


@dataclass(frozen=True)
class Kind:
    """One kind of interval, or a word that one decides.

    Attributes
    ----------
    name, estimand, target, unit:
        What it is, what it estimates, of what, and over which units.
    printed:
        The tables that print it; none: it must not be used, or nothing needs it.
    truth, interval:
        Columns of a repetition.
    runs:
        Its number of runs; None for the study's.
    word:
        Whether it is a word: it is wrong where the true value lies beyond the one end that decides it.
    """

    name: str
    estimand: str
    target: str
    unit: str
    printed: str
    truth: str
    interval: str
    runs: int | None = None
    word: str = ""


KINDS = (
    Kind("Wilson on Jaccard", ONCE, MODEL, "rows", "published", "model_f1", "f1_wilson", 1),
    Kind("Wilson on Jaccard at effective n", ONCE, MODEL, "clusters", "f1", "model_f1", "f1_effective", 1),
    Kind("percentile bootstrap", ONCE, MODEL, "rows", "", "model_f1", "f1_bootstrap", 1),
    Kind("Wilson on Jaccard, pooled counts", FOLDS_LOOSE, THIS, "rows", "", "folds_f1", "folds_wilson"),
    Kind(BOOTSTRAP, FOLDS_LOOSE, THIS, CLUSTERS, "f1, overview", "folds_f1", "folds_boot"),
    Kind("Wilson on Jaccard, pooled counts", FOLDS_WHOLE, THIS, "rows", "", "whole_f1", "whole_wilson"),
    Kind("Wilson on Jaccard at effective n", FOLDS_WHOLE, THIS, CLUSTERS, "", "whole_f1", "whole_effective"),
    Kind(BOOTSTRAP, FOLDS_WHOLE, THIS, CLUSTERS, "f1, groups, overview", "whole_f1", "whole_boot"),
    Kind(BOOTSTRAP, FOLDS_WHOLE, THIS, CLUSTERS, "f1, groups, overview", "whole_f1_few", "whole_boot_few", FEW),
    Kind(BOOTSTRAP, FOLDS_WHOLE, NEW, CLUSTERS, "", "whole_f1", "whole_boot"),
    Kind("corrected resampled t", RANDOM, NEW, "splits", "f1", "random_f1", "corrected_t"),
    Kind("corrected resampled t", RANDOM, NEW, "splits", "f1", "random_f1", "corrected_t_few", FEW),
    Kind("t over splits", RANDOM, NEW, "splits", "", "random_f1", "naive_t"),
    Kind("Wilson", RECALL_ONCE, MODEL, "rows", "", "model_recall", "recall_wilson", 1),
    Kind("Wilson at effective n", RECALL_ONCE, MODEL, "clusters", "groups, external", "model_recall", "recall_once", 1),
    Kind("Wilson at effective n", RECALL, THIS, ROWS, "", "recall", "recall_rows"),
    Kind("Wilson at effective n", RECALL, THIS, CLUSTERS, "groups, external, overview", "recall", "recall_clusters"),
    Kind("Wilson at effective n", RECALL, THIS, CLUSTERS, "groups, external, overview", "recall_few", "recall_few", FEW),
    Kind("Wilson at effective n", FALSE_POSITIVES, THIS, CLUSTERS, "groups", "fpr", "fpr_clusters"),
    Kind(BOOTSTRAP, RECALL, THIS, CLUSTERS, "", "recall", "recall_boot"),
    Kind("t over runs", RECALL, THIS, "runs", "", "recall", "recall_t"),
    Kind("Wilson on Jaccard", HELD_ONCE, MODEL, "rows", "", "model_held_f1", "held_wilson", 1),
    Kind("Wilson on Jaccard at effective n", HELD_ONCE, MODEL, "clusters", "f1", "model_held_f1", "held_once", 1),
    Kind("Wilson on Jaccard at effective n", HELD, THIS, CLUSTERS, "f1", "held_f1", "held_effective"),
    Kind(BOOTSTRAP, HELD, THIS, CLUSTERS, "f1, overview", "held_f1", "held_boot"),
    Kind(BOOTSTRAP, HELD, THIS, CLUSTERS, "f1, overview", "held_f1_few", "held_boot_few", FEW),
    Kind(BOOTSTRAP, MIXED, THIS, CLUSTERS, "f1, overview", "mixed_f1", "mixed_boot"),
    Kind(BOOTSTRAP, MIXED, THIS, CLUSTERS, "f1, overview", "mixed_f1_few", "mixed_boot_few", FEW),
    Kind("Jeffreys x Jeffreys", "F1 restated, one run", MODEL, "rows", "", "model_restated", "restated_jeffreys", 1),
    Kind(BOOTSTRAP, RESTATED, THIS, CLUSTERS, "restated", "restated", "restated_boot"),
    Kind(BOOTSTRAP, RESTATED, THIS, CLUSTERS, "restated", "restated_few", "restated_boot_few", FEW),
    Kind(JOINT, GAP_HELD, THIS, CLUSTERS, "gap, overview", "gap_held", "gap_held"),
    Kind(JOINT, GAP_HELD, THIS, CLUSTERS, "gap, overview", "gap_held_few", "gap_held_few", FEW),
    Kind(JOINT, GAP_MIXED, THIS, CLUSTERS, "gap, overview, thresholds", "gap_mixed", "gap_mixed"),
    Kind(JOINT, GAP_CHOSEN, THIS, CLUSTERS, "thresholds", "gap_chosen", "gap_chosen"),
    Kind(JOINT, DROP, THIS, "rows x runs", "", "drop", "drop_rows"),
    Kind(JOINT, DROP, THIS, CLUSTERS, "restated, verdict", "drop", "drop"),
    Kind(JOINT, DROP, THIS, CLUSTERS, "restated, verdict", "drop_few", "drop_few", FEW),
    Kind(JOINT, DROP, NEW, CLUSTERS, "", "drop", "drop"),
    *(
        Kind(JOINT, f"term of the gap: {term}", THIS, CLUSTERS, "decomposition", f"term {term}", f"term {term}")
        for term in TERMS
    ),
    Kind("paired unit bootstrap", EXPOSURE, THIS, CLUSTERS, "exposure, dose", "exposure", "exposure"),
    Kind(BOOTSTRAP, AUC, THIS, CLUSTERS, "ranking", "auc", "auc"),
    Kind("corrected resampled t", AGENTS, NEW, "splits", "comparisons", "agents", "agents_t"),
    Kind("paired unit bootstrap", AGENTS_FIXED, THIS, CLUSTERS, "comparisons", "agents_mixed", "agents_mixed"),
    Kind("corrected resampled t", RELATIVES, NEW, "splits", "relatives", "relatives", "relatives_t"),
    Kind("Newcombe on Jaccard", "F1, two models, separate test sets", MODEL, "rows", "published", "published", "published", 1),
    Kind("inverted bootstrap test", "ECE, one run", MODEL, "rows", "calibration", "ece", "ece", 1),
    Kind(HOLDS, AT_MARGIN, THIS, CLUSTERS, "verdict", "drop_at_margin", "drop_at_margin", word=HOLDS),
    Kind(HOLDS, AT_MARGIN, THIS, CLUSTERS, "verdict", "drop_at_margin_few", "drop_at_margin_few", FEW, word=HOLDS),
    Kind(FALLS, AT_ZERO, THIS, CLUSTERS, "verdict", "drop_at_zero", "drop_at_zero", word=FALLS),
    Kind(FALLS, AT_ZERO, THIS, CLUSTERS, "verdict", "drop_at_zero_few", "drop_at_zero_few", FEW, word=FALLS),
)
