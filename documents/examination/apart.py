"""Starting the child that opens a file, and believing it only when it ends well."""

import json
import logging
import subprocess
import sys
from pathlib import Path

from documents.examination import Finding, Unfit

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 30
PROJECT = Path(__file__).resolve().parents[2]


def examine(source: Path, target: Path, *, max_pages: int, max_pixels: int) -> Finding:
    """Say what a file is and leave it clean at ``target``; raises Unfit, also when the child died of what it opened.

    A process apart costs a tenth of a second and holds what a thread cannot: a PDF that unfolds to gigabytes, an image
    that crashes its decoder, a page that never ends stop the child, not the portal.
    """
    command = [sys.executable, "-m", "documents.examination.child", str(source), str(target)]
    try:
        done = subprocess.run(
            [*command, str(max_pages), str(max_pixels)],
            cwd=PROJECT,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        answer = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        log.warning("Examen d’une pièce interrompu après %s s", PATIENCE_SECONDS)
        raise Unfit("too_complex") from error
    except json.JSONDecodeError as error:
        log.warning("Examen d’une pièce échoué (%s) : %s", done.returncode, done.stderr[-500:].decode(errors="replace"))
        raise Unfit("broken") from error
    if "unfit" in answer:
        raise Unfit(str(answer["unfit"]))
    return Finding(str(answer["media_type"]), int(answer["pages"]))
