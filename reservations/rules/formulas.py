"""What a day of an accueil de loisirs is made of: the whole of it or a half, with or without the meal."""

from django.db.models import TextChoices


class Formula(TextChoices):
    """The formulas that an activity may offer; an activity without any is booked as it is (canteen, care, study)."""

    DAY_MEAL = "journee-repas", "Journée avec repas"
    DAY = "journee", "Journée sans repas"
    MORNING = "matin", "Matin sans repas"
    MORNING_MEAL = "matin-repas", "Matin avec repas"
    AFTERNOON = "apres-midi", "Après-midi sans repas"
    AFTERNOON_MEAL = "apres-midi-repas", "Après-midi avec repas"

    @property
    def with_meal(self) -> bool:
        """Whether the child eats there."""
        return self.value.endswith("repas")


WITH_MEAL = tuple(formula.value for formula in Formula if formula.with_meal)

# In a cell of the calendar.
SHORT = {
    "": "",
    Formula.DAY_MEAL: "Journée + repas",
    Formula.DAY: "Journée",
    Formula.MORNING: "Matin",
    Formula.MORNING_MEAL: "Matin + repas",
    Formula.AFTERNOON: "Après-midi",
    Formula.AFTERNOON_MEAL: "Après-midi + repas",
}


def formula_label(formula: str) -> str:
    """Say a formula in words, nothing where there is none."""
    return str(Formula(formula).label) if formula else ""
