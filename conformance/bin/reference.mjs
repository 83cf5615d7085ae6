#!/usr/bin/env node
import '../dist/reference-main.js';
