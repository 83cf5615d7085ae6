#!/usr/bin/env node
import '../dist/reference-pathology-main.js';
