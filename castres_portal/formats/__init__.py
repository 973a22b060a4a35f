"""How dates and hours are written where no template says otherwise (settings.FORMAT_MODULE_PATH)."""
