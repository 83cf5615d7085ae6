#!/usr/bin/env node
import '../dist/reference-expressif-main.js';
