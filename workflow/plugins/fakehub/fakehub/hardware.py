"""Flavors of the fake Hub: name, vCPU, GB of memory and disk, GPU model, count and GB, USD per hour (August 2026)."""

from __future__ import annotations

from typing import Any, NamedTuple


class Flavor(NamedTuple):
    name: str
    cpus: int
    ram: int
    disk: int
    gpu: str
    gpus: int
    vram: int
    usd_per_hour: float

    def listed(self) -> dict[str, Any]:
        """The flavor as GET /api/jobs/hardware gives it; prices are per minute."""
        micro = round(self.usd_per_hour * 1e6 / 60)
        accelerator = {
            "type": "gpu",
            "model": self.gpu,
            "quantity": str(self.gpus),
            "vram": f"{self.vram * self.gpus} GB",
            "manufacturer": "Nvidia",
        }
        return {
            "name": self.name,
            "prettyName": self.name.replace("-", " ").upper(),
            "cpu": f"{self.cpus} vCPU",
            "ram": f"{self.ram} GB",
            "ephemeralStorage": f"{self.disk} GB",
            "accelerator": accelerator if self.gpus else None,
            "unitCostMicroUSD": micro,
            "unitCostUSD": micro / 1e6,
            "unitLabel": "minute",
        }


# Size and price as documented; of those marked *, vCPU, memory and disk are multiples of the next smaller one.
FLAVORS = (
    Flavor("cpu-basic", 2, 16, 50, "", 0, 0, 0.01),
    Flavor("cpu-upgrade", 8, 32, 50, "", 0, 0, 0.03),
    Flavor("cpu-xl", 16, 124, 1000, "", 0, 0, 1.0),
    Flavor("cpu-performance", 32, 256, 1024, "", 0, 0, 1.9),
    Flavor("t4-small", 4, 15, 50, "T4", 1, 16, 0.4),
    Flavor("t4-medium", 8, 30, 100, "T4", 1, 16, 0.6),
    Flavor("l4x1", 8, 30, 400, "L4", 1, 24, 0.8),
    Flavor("l4x4", 48, 186, 3200, "L4", 4, 24, 3.8),
    Flavor("a10g-small", 4, 15, 110, "A10G", 1, 24, 1.0),
    Flavor("a10g-large", 12, 46, 200, "A10G", 1, 24, 1.5),
    Flavor("a10g-largex2", 24, 92, 1000, "A10G", 2, 24, 3.0),
    Flavor("a10g-largex4", 48, 184, 2000, "A10G", 4, 24, 5.0),
    Flavor("l40sx1", 8, 62, 380, "L40S", 1, 48, 1.8),
    Flavor("l40sx4", 48, 382, 3200, "L40S", 4, 48, 8.3),
    Flavor("l40sx8", 192, 1534, 6500, "L40S", 8, 48, 23.5),
    Flavor("a100-large", 12, 142, 1000, "A100", 1, 80, 2.5),
    Flavor("a100x4", 48, 568, 4000, "A100", 4, 80, 10.0),  # *
    Flavor("a100x8", 96, 1136, 8000, "A100", 8, 80, 20.0),  # *
    Flavor("h200", 23, 256, 3000, "H200", 1, 141, 5.0),
    Flavor("h200x2", 46, 512, 6000, "H200", 2, 141, 10.0),  # *
    Flavor("h200x4", 92, 1024, 12000, "H200", 4, 141, 20.0),  # *
    Flavor("h200x8", 184, 2048, 24000, "H200", 8, 141, 40.0),  # *
    Flavor("rtx-pro-6000", 23, 256, 475, "RTX PRO 6000", 1, 96, 2.75),
    Flavor("rtx-pro-6000x2", 46, 512, 950, "RTX PRO 6000", 2, 96, 5.5),  # *
    Flavor("rtx-pro-6000x4", 92, 1024, 1900, "RTX PRO 6000", 4, 96, 11.0),  # *
    Flavor("rtx-pro-6000x8", 184, 2048, 3800, "RTX PRO 6000", 8, 96, 22.0),  # *
)
