"""Flavors and prices of August 2026, for the case that the Hub does not list them."""

from snakemake_executor_plugin_hf_jobs.flavors import Flavor

# Name, vCPU, RAM in GB, disk in GB, GPUs, model, US dollars per hour.
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
    ("h200", 23, 256, 3000, 1, "H200", 5.00),
    ("rtx-pro-6000", 23, 256, 475, 1, "RTX PRO 6000", 2.75),
)

FALLBACK: tuple[Flavor, ...] = tuple(Flavor(*row[:6], usd_per_minute=row[6] / 60) for row in _TABLE)
