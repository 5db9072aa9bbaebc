#!/usr/bin/env node
import { start } from "./Start.js"

// kubectl finds it by its name in the PATH. Source: Kubernetes, "Extend kubectl with plugins".
start("kubectl sgp")
