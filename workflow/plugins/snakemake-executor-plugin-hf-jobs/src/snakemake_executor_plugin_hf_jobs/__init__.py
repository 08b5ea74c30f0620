"""Snakemake executor that runs every job (or group of jobs) as one Hugging Face Job."""

from snakemake_interface_executor_plugins.settings import CommonSettings

from snakemake_executor_plugin_hf_jobs.executor import Executor
from snakemake_executor_plugin_hf_jobs.settings import ExecutorSettings

__all__ = ["Executor", "ExecutorSettings", "common_settings"]

common_settings = CommonSettings(
    non_local_exec=True,
    implies_no_shared_fs=True,
    job_deploy_sources=True,
    pass_default_storage_provider_args=True,
    pass_default_resources_args=True,
    # Declared variables would stand in the command, which everyone in the namespace can read; they travel as secrets.
    pass_envvar_declarations_to_cmd=False,
    # Snakemake would install the newest version of each storage plugin; the bootstrap installs the driver's.
    auto_deploy_default_storage_provider=False,
    # No request is made while nothing runs, so there is nothing to wait for.
    init_seconds_before_status_checks=0,
)
