"""Flavors and prices of August 2026, for the case that the Hub does not list them, or not all about them."""

from snakemake_executor_plugin_hf_jobs.flavors import GPU, Flavor

# Name, vCPU, RAM in GB, disk in GB, GPUs, model, US dollars per hour. Flavors of several A100, H200 or RTX PRO 6000 are
# documented by their price only: cores and memory are those of one card times their number, the disk that of one card.
_TABLE: tuple[tuple[str, int, int, int, int, str, float], ...] = (
    ("cpu-basic", 2, 16, 50, 0, "", 0.01),
    ("cpu-upgrade", 8, 32, 50, 0, "", 0.03),
    ("cpu-xl", 16, 124, 1000, 0, "", 1.00),
    ("cpu-performance", 32, 256, 1024, 0, "", 1.90),
    ("t4-small", 4, 15, 50, 1, "T4", 0.40),
    ("t4-medium", 8, 30, 100, 1, "T4", 0.60),
    ("l4x1", 8, 30, 400, 1, "L4", 0.80),
    ("l4x4", 48, 186, 3200, 4, "L4", 3.80),
    ("a10g-small", 4, 15, 110, 1, "A10G", 1.00),
    ("a10g-large", 12, 46, 200, 1, "A10G", 1.50),
    ("a10g-largex2", 24, 92, 1000, 2, "A10G", 3.00),
    ("a10g-largex4", 48, 184, 2000, 4, "A10G", 5.00),
    ("l40sx1", 8, 62, 380, 1, "L40S", 1.80),
    ("l40sx4", 48, 382, 3200, 4, "L40S", 8.30),
    ("l40sx8", 192, 1534, 6500, 8, "L40S", 23.50),
    ("a100-large", 12, 142, 1000, 1, "A100", 2.50),
    ("a100x4", 48, 568, 1000, 4, "A100", 10.00),
    ("a100x8", 96, 1136, 1000, 8, "A100", 20.00),
    ("h200", 23, 256, 3000, 1, "H200", 5.00),
    ("h200x2", 46, 512, 3000, 2, "H200", 10.00),
    ("h200x4", 92, 1024, 3000, 4, "H200", 20.00),
    ("h200x8", 184, 2048, 3000, 8, "H200", 40.00),
    ("rtx-pro-6000", 23, 256, 475, 1, "RTX PRO 6000", 2.75),
    ("rtx-pro-6000x2", 46, 512, 475, 2, "RTX PRO 6000", 5.50),
    ("rtx-pro-6000x4", 92, 1024, 475, 4, "RTX PRO 6000", 11.00),
    ("rtx-pro-6000x8", 184, 2048, 475, 8, "RTX PRO 6000", 22.00),
)

FALLBACK: tuple[Flavor, ...] = tuple(
    Flavor(*row[:6], usd_per_minute=row[6] / 60, accelerator=GPU if row[4] else "") for row in _TABLE
)
