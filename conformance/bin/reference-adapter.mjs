#!/usr/bin/env node
import '../dist/reference-adapter-main.js';
