"""Write the sample's name; wait or fail first where the configuration says so."""

import os
import sys
import time

with open(snakemake.log[0], "w") as log:  # noqa: F821
    print("counting", snakemake.wildcards.sample, file=log, flush=True)  # noqa: F821
    if snakemake.params.slow in ("", snakemake.wildcards.sample) and not os.environ.get("HURRY"):  # noqa: F821
        time.sleep(snakemake.params.seconds)  # noqa: F821
    if snakemake.wildcards.sample == snakemake.params.fail:  # noqa: F821
        print("no such sample", file=log)
        sys.exit("count failed on purpose")
with open(snakemake.output[0], "w") as out:  # noqa: F821
    print("sample", snakemake.wildcards.sample, file=out)  # noqa: F821
