"""Time a few training steps on this machine and ask whose weights are in reach; run as a process of its own, because of torch.

Reads ``{"agents": {NAME: ENTRY}, "checkpoints": {"path": ..., "hub": ...}, "lower_precision": ...}`` from standard input and prints
one line of JSON: ``rate``, the floating point operations a second of one fit, and ``out_of_reach``, by agent why its weights are.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

STEPS, WARM = 3, 1
ROWS, TOKENS, VOCABULARY = 16, 128, 30522


def main() -> None:
    """Measure, and print the answer."""
    from mirage.encoders.runtime import ENVIRONMENT, keep_freed_memory

    # As a fit has them: one core each, so that fits fill the cores.
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ.update({name: os.environ.get(name, value) for name, value in ENVIRONMENT.items()})
    keep_freed_memory()
    task = json.load(sys.stdin)
    rate = operations_a_second(lower_precision=task["lower_precision"])
    print(json.dumps({"rate": rate, "out_of_reach": out_of_reach(task["agents"], task["checkpoints"])}))


def operations_a_second(*, lower_precision: bool) -> float:
    """Return the floating point operations a second of a fit: of a small encoder on a CPU, one of base size on a GPU."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    from mirage.encoders.devices import bf16_is_faster, pick_device
    from mirage.encoders.hardware import detect
    from mirage.encoders.minutes import training_operations

    torch.set_num_threads(1)
    name = pick_device("auto", detect())
    layers, width = (6, 384) if name == "cpu" else (12, 768)
    config = BertConfig(
        vocab_size=VOCABULARY, hidden_size=width, num_hidden_layers=layers, num_attention_heads=12, intermediate_size=4 * width
    )
    model: torch.nn.Module = BertForSequenceClassification(config)
    model.to(name).train()
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    ids = torch.randint(VOCABULARY, (ROWS, TOKENS), device=name)
    labels = torch.randint(2, (ROWS,), device=name)
    # On a CPU the process's own time: other work on the machine stretches the clock for a while.
    clock = time.process_time if name == "cpu" else time.monotonic
    bf16, seconds = lower_precision and bf16_is_faster(name), []
    for _ in range(WARM + STEPS):
        started = clock()
        with torch.autocast(name, torch.bfloat16, enabled=bf16):
            loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        # Waits for the device.
        loss.item()
        seconds.append(clock() - started)
    millions = sum(parameter.numel() for parameter in model.parameters()) / 1e6
    return training_operations(millions, ROWS * TOKENS) / statistics.median(seconds[WARM:])


def out_of_reach(agents: Mapping[str, Mapping[str, Any]], checkpoints: Mapping[str, Any]) -> dict[str, str]:
    """Return, by agent, why its weights are out of reach; those in reach are left out. Nothing is downloaded."""
    from mirage.encoders.checkpoints import why_out_of_reach
    from mirage.encoders.recipe import resolve

    directory = Path(checkpoints["path"]) if checkpoints["path"] else None
    reasons = {
        name: why_out_of_reach(resolve(name, entry), directory, hub=checkpoints["hub"]) for name, entry in agents.items()
    }
    return {name: reason for name, reason in reasons.items() if reason}


if __name__ == "__main__":
    main()
