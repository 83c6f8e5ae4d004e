package dev.proxytune.family;

import java.util.List;
import java.util.random.RandomGenerator;

/** Know the words that stories are filled with. */
final class Words {
    static final List<String> NAMES = words("""
            Ada Alma Amir Ana Anna Arne Axel Ben Berta Bilal Bruno Carla Carlos Cem Clara Dana Daniel Dora Eda Edith
            Elias Elif Ella Emil Emma Enzo Erik Eva Fatma Felix Finn Flora Fritz Gina Greta Gustav Hana Hanna Hannes
            Helga Hugo Ida Igor Ilse Ines Ingrid Iris Ivan Jan Jana Jonas Jorge Julia Kai Karim Karl Kira Klara Lars
            Laura Lea Lena Leo Lina Lisa Livia Louis Luca Lucy Luis Luna Maja Marco Maria Marta Matti Max Mia Mila
            Milan Mira Mona Nadia Nico Nina Noah Noor Nora Olaf Olga Oskar Otto Paul Paula Pedro Petra Pia Rafael Ravi
            Rita Robin Rosa Ruben Ruth Sami Samira Sara Selma Sofia Sonja Stella Sven Tara Theo Thea Tim Tina Tom Toni
            Ulla Uma Vera Viktor Viola Wanda Willi Xenia Yara Yusuf Zoe
            """);

    static final List<String> OBJECTS = words("""
            acorns almonds apples apricots arrows badges balloons balls bananas beads beans bells belts berries
            bolts books bottles bricks brooms brushes bulbs buns buttons cakes candles caps cards
            carrots chairs cherries clips clocks coats coins combs cookies corks crayons cups dates dolls doors drums
            eggs erasers feathers figs flags flowers forks frogs gloves grapes hammers hats hooks horns jewels
            keys kites knives lamps leaves lemons letters limes magnets maps marbles masks medals melons mirrors mugs
            nails napkins needles notebooks nuts olives onions oranges paddles pages pans peaches pearls pears pebbles
            pencils pens photos pillows pins pipes plates plums posters pots prunes puzzles radishes ribbons rings
            robots rocks ropes roses rulers screws seeds shells shirts shoes socks spoons stamps stars sticks stones
            stools straws tablets tents tickets tiles tomatoes toys trains trays tubes turnips umbrellas vases
            walnuts wheels whistles
            """);

    /** Their plurals take an s. */
    static final List<String> CONTAINERS = words("bag barrel basket bin bowl bucket case chest crate drawer jar tin");

    static final List<String> PLACES = words("bench cart counter desk floor ladder lawn rug shelf sofa table wagon");

    static final List<String> DAYS = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday");

    private static final List<String> STARTS =
            words("b bl br d dr f fl g gl gr h k kl kr l m n p pl pr r s sk sl t tr v w z");
    private static final List<String> VOWELS = words("a e i o u");
    private static final List<String> ENDS = words("b d f g k l m n p r t");

    private Words() {}

    /** Return the plural of a thing that does not exist. Nobody can guess such a word: it has to be copied. */
    static String inventedObject(RandomGenerator random) {
        String tail = Draws.one(VOWELS, random) + Draws.one(ENDS, random) + "s";
        return syllable(random) + (random.nextBoolean() ? Draws.one(STARTS, random) : "") + tail;
    }

    static String inventedName(RandomGenerator random) {
        String name = syllable(random) + Draws.one(VOWELS, random) + Draws.one(ENDS, random);
        return Character.toUpperCase(name.charAt(0)) + name.substring(1);
    }

    private static String syllable(RandomGenerator random) {
        return Draws.one(STARTS, random) + Draws.one(VOWELS, random) + Draws.one(ENDS, random);
    }

    private static List<String> words(String text) {
        return List.of(text.strip().split("\\s+"));
    }
}
