#!/usr/bin/env node
import { start } from "./Start.js"

start("branchline")
