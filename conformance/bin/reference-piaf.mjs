#!/usr/bin/env node
import '../dist/reference-piaf-main.js';
