"""What the journals of the server must not keep."""

import logging
import re

# The address of a calendar feed (reservations.views.agenda) is the key of a household's days.
SECRET = re.compile(r"(/agenda/)[^/\s\"']+(\.ics)")


class WithoutSecrets(logging.Filter):
    """Write stars in the place of the secrets that addresses carry; lets every line through."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the line, whatever it was made of."""
        said = record.getMessage()
        masked = SECRET.sub(r"\1***\2", said)
        if masked != said:
            record.msg, record.args = masked, ()
        return True
