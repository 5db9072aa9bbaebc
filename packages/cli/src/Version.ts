/** Of the package, and of what it prints about itself. */
export const version = "0.1.0"
