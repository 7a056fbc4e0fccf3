/// JMH benchmarks and comparisons with other engines.
@NullMarked
package fathom.benchmarks;

import org.jspecify.annotations.NullMarked;
