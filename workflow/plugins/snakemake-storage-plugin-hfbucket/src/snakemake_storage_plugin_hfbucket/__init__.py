"""Snakemake storage provider for Hugging Face buckets: queries are hf://buckets/NAMESPACE/BUCKET/PATH."""

from snakemake_storage_plugin_hfbucket.provider import StorageProvider
from snakemake_storage_plugin_hfbucket.settings import StorageProviderSettings
from snakemake_storage_plugin_hfbucket.storage_object import StorageObject

__all__ = ["StorageObject", "StorageProvider", "StorageProviderSettings"]
