"""Static files with their content's hash in the name, compressed once when they are collected."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage; a stylesheet of a library that names a missing map file does not stop the collection."""

    manifest_strict = True
    support_js_module_import_aggregation = False
