package dev.proxytune.jinja;

import java.math.BigInteger;

/** A value of a template: what Python would have there. Values do not change, except namespaces, loops and the like. */
sealed interface Value
        permits Value.None,
                Value.Bool,
                Value.Int,
                Value.Real,
                Value.Range,
                Text,
                ListValue,
                Tuple,
                Dict,
                DictView,
                Lazy,
                Undefined,
                Function,
                Namespace,
                Loop,
                Cycler {

    /** Return the name of the type in Python. */
    String type();

    /** Tell whether some of the value came from the conversation. */
    default boolean isInput() {
        return false;
    }

    /** Return how deep lists and dicts nest in the value. */
    default int nesting() {
        return 0;
    }

    /** Nothing. */
    enum None implements Value {
        NONE;

        @Override
        public String type() {
            return "NoneType";
        }
    }

    /** A truth value. */
    enum Bool implements Value {
        FALSE,
        TRUE;

        static Bool of(boolean value) {
            return value ? TRUE : FALSE;
        }

        @Override
        public String type() {
            return "bool";
        }
    }

    /** A whole number of any size. */
    record Int(BigInteger value, boolean isInput) implements Value {
        static final Int ZERO = Int.of(0);

        static Int of(long value) {
            return new Int(BigInteger.valueOf(value), false);
        }

        @Override
        public String type() {
            return "int";
        }
    }

    /** A floating-point number. */
    record Real(double value, boolean isInput) implements Value {
        @Override
        public String type() {
            return "float";
        }
    }

    /** An arithmetic progression; {@code size} numbers from {@code start} on. */
    record Range(BigInteger start, BigInteger stop, BigInteger step, int size) implements Value {
        Int get(int index) {
            return new Int(start.add(step.multiply(BigInteger.valueOf(index))), false);
        }

        @Override
        public String type() {
            return "range";
        }
    }
}
