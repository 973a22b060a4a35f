from django.apps import AppConfig


class BankConfig(AppConfig):
    name = "billing.payzen.simulator"
    label = "bank"
    verbose_name = "Banque fictive"
