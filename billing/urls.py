"""Addresses of billing."""

from django.urls import path

from billing.views import account, credit_notes, debits, delivery, invoices, lines, payments, receipts

app_name = "billing"
urlpatterns = [
    path("factures/", invoices.invoice_list, name="invoices"),
    path("factures/compte/", account.account, name="account"),
    path("factures/prelevement/", debits.debits, name="debits"),
    path("factures/prelevement/mandat/", debits.sign, name="sign_mandate"),
    path("factures/prelevement/mandat/fin/", debits.end, name="end_mandate"),
    path("factures/prelevement/mandat/<str:rum>.pdf", debits.mandate, name="mandate"),
    path("factures/en-ligne/", delivery.delivery, name="delivery"),
    path("factures/payer/", payments.pay_several, name="pay_several"),
    path("factures/avoir/", payments.use_credit, name="use_credit"),
    path("factures/<str:number>/", invoices.invoice_page, name="invoice"),
    path("factures/<str:number>/pdf/", invoices.invoice_pdf, name="invoice_pdf"),
    path("factures/<str:number>/ligne/<int:line>/", lines.line, name="line"),
    path("factures/<str:number>/payer/", payments.pay, name="pay"),
    path("avoirs/<str:number>/", credit_notes.credit_note_page, name="credit_note"),
    path("avoirs/<str:number>/pdf/", credit_notes.credit_note_pdf, name="credit_note_pdf"),
    path("quittances/<str:number>/", receipts.receipt, name="receipt"),
    path("paiement/retour/<str:reference>/", payments.payment_return, name="return"),
    path("paiement/payzen/ipn/", payments.payzen_ipn, name="payzen_ipn"),
    # The bank takes a redirect for a success and loses its message: both writings answer by themselves.
    path("paiement/payzen/ipn", payments.payzen_ipn, name="payzen_ipn_without_slash"),
    path("paiement/payfip/notification/", payments.payfip_notification, name="payfip_notification"),
    path("paiement/payfip/notification", payments.payfip_notification, name="payfip_notification_without_slash"),
]
