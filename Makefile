# Yishu 医枢. `make` alone shows what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
UV := .tools/bin/uv
PORTAL := yishu/web/static/index.html
PORTAL_SOURCES := $(shell find portal -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: help setup demo test bench proof lock check-machine clean

help: ## 显示本帮助
	@echo "医枢 Yishu"
	@echo
	@echo "  make demo    模拟医院：生成、装载、打开驾驶舱（Ctrl-C 结束）"
	@echo "  make test    全部检查，结束时列出各层用时与跳过项"
	@echo
	@echo "  make setup   只安装（含测试所需）"
	@echo "  make bench   速度：与同一分钟内的对照之比"
	@echo "  make proof   大证明，可续跑：make proof NAME=kill-load MINUTES=10"
	@echo "  make lock    重新生成锁文件"
	@echo "  make clean   删除安装与构建产物（不动数据）"

check-machine:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "需要 Python 3.11 或更新，现在是 %s" % sys.version.split()[0])'
	@command -v node >/dev/null || { echo "需要 Node.js 20.19 或更新（Debian：apt install nodejs npm，或装发行版以外的 20.19+）"; exit 2; }
	@node -e 'const [a,b]=process.versions.node.split(".").map(Number); if (a<20||(a===20&&b<19)) { console.error("需要 Node.js 20.19 或更新，现在是 "+process.version); process.exit(2) }'
	@command -v npm >/dev/null || { echo "需要 npm"; exit 2; }

$(UV):
	@echo "→ 取得 uv 到 .tools/"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .tools uv

$(PY): | $(UV)
	@$(UV) venv --quiet --python $(PYTHON) $(VENV)

$(VENV)/.product: requirements.lock | $(PY)
	@echo "→ 安装产品所需的 Python 包"
	@$(UV) pip install --quiet --python $(PY) --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.installed: $(VENV)/.product
	@$(PY) -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_paths()["purelib"], "yishu.pth").write_text(str(pathlib.Path.cwd()) + "\n")'
	@printf '#!/bin/sh\nexec "%s" -m yishu.cli "$$@"\n' "$(abspath $(PY))" > $(VENV)/bin/yishu && chmod +x $(VENV)/bin/yishu
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.installed
	@echo "→ 安装测试所需的 Python 包"
	@$(UV) pip install --quiet --python $(PY) --require-hashes -r requirements-test.lock
	@touch $@

portal/node_modules/.installed: portal/package-lock.json
	@echo "→ 安装门户所需的 npm 包"
	@cd portal && npm ci --silent --no-audit --no-fund
	@touch $@

$(PORTAL): portal/node_modules/.installed $(PORTAL_SOURCES)
	@echo "→ 构建门户"
	@cd portal && npm run --silent build
	@touch $@

setup: check-machine $(VENV)/.test $(PORTAL) ## 安装

demo: check-machine $(VENV)/.installed $(PORTAL) ## 模拟医院
	@$(PY) -m yishu.cli demo $(ARGS)

test: setup ## 全部检查
	@$(PY) -m tests.run $(ARGS)

bench: setup
	@$(PY) -m bench $(ARGS)

proof: setup
	@$(PY) -m bench.proof $(NAME) $(if $(MINUTES),--minutes $(MINUTES))

lock: | $(PY)
	@$(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml -o requirements.lock
	@$(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --extra test --extra engines -c requirements.lock pyproject.toml -o requirements-test.lock

clean:
	@rm -rf $(VENV) .tools portal/node_modules yishu/web/static build *.egg-info
