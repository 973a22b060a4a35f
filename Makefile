.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test lint format coverage bench mutants shell

help: ## affiche cette aide
	@sed -n 's/^\([a-z-]*\):.*## /\1 : /p' $(firstword $(MAKEFILE_LIST)) | awk -F ' : ' '{ printf "  make %-12s %s\n", $$1, $$2 }'
	@echo
	@echo "  PORT=8010 déplace la démonstration ; DATA_DIR=/chemin déplace ses données ; PORTAL_CLOCK=2026-11-19T12:06 change sa date."

demo: ## installe ce qui manque et lance la démonstration (http://127.0.0.1:8000/)
	@tools/demo

demo-reset: ## efface la démonstration et la relance avec une ville neuve
	@tools/demo --reset

test: ## installe ce qui manque et vérifie tout (PostgreSQL, Redis et navigateur compris)
	@tools/test

lint: ## vérifie la forme, les types, les imports, les migrations et les gabarits, sans les tests
	@tools/test lint

format: ## met le code en forme
	@tools/venv dev
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format --quiet .

coverage: ## dit ce que les tests n’atteignent pas (sans le navigateur ni le site en marche)
	@tools/venv dev
	@tools/with-services .venv/bin/python -m coverage run -m pytest -q -m "not serial and not browser"
	@.venv/bin/python -m coverage report

bench: ## mesure le portail et compare aux objectifs
	@tools/bench

mutants: ## dit ce que les tests des règles et de l’argent ne remarquent pas (MODULE=billing.rules pour une partie)
	@tools/mutants $(MODULE)

shell: ## ouvre Python sur les données de la démonstration
	@tools/demo-manage shell
