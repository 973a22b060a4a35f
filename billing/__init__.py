"""What is owed and paid: billing runs, invoices, payments, PayZen."""
