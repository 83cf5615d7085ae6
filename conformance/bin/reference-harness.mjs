#!/usr/bin/env node
import '../dist/reference-harness-main.js';
