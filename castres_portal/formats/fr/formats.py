"""Short and of one width, so that the agents' lists do not fold: ``01/12/2026``, ``01/12/2026 à 09:30``.

Django's own French writes « 1 décembre 2026 09:30 ». The families' pages write their dates by the filters of ``portal``.
"""

DATE_FORMAT = "d/m/Y"
DATETIME_FORMAT = "d/m/Y à H:i"
TIME_FORMAT = "H:i"
# The first is the one that fills a form again: no seconds.
TIME_INPUT_FORMATS = ["%H:%M", "%H:%M:%S"]
