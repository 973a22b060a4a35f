"""Wake-up calls that the services send once they have committed what they did; a sweep each minute does what is missed."""

from castres_portal.base.enqueue import enqueue_after_commit


def wake_waiting_list() -> None:
    """Have the places that have come free offered to those who wait for them."""
    from reservations import tasks  # which imports the services

    enqueue_after_commit(tasks.offer_places)
