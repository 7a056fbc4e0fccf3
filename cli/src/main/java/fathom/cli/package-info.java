/// The commands; the only module that prints and reads the environment.
@NullMarked
package fathom.cli;

import org.jspecify.annotations.NullMarked;
