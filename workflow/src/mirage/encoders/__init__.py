"""Fine-tuned encoders: from a recipe and a frozen split to predictions of every epoch.

The parts are small on purpose: what a recipe says (:mod:`recipe`), where its weights come from (:mod:`checkpoints`), token ids
(:mod:`tokens`), batches (:mod:`batching`), the model and what is not computed twice (:mod:`models`, :mod:`noise`), one fit
(:mod:`training`), one cell of the study (:mod:`cell`), what runs where (:mod:`devices`, :mod:`plan`) and which epoch counts
(:mod:`selection`). Nothing is imported here, because Snakemake reads :mod:`recipe`, :mod:`devices` and :mod:`plan` in every process.
"""
