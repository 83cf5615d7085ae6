#!/usr/bin/env node
import '../dist/reference-cds-main.js';
