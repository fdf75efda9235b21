#!/usr/bin/env node
import '../dist/tour.js';
