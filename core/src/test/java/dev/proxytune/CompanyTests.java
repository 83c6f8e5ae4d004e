package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CompanyTests {
    private static final long READ = 100;

    private final Company company = new Company(16);
    private int tried;

    @Test
    void readsAlongWhereTheCheckIsSparedMoreThanThatCosts() {
        assertThat(run(6, 140, 500, 800)).isEqualTo(3);
        assertThat(run(1000, 140, 500, 800)).isBetween(970, 999);
    }

    @Test
    void readsAloneWhereSeveralRowsAtOnceAreCheap() {
        run(6, 200, 500, 600);
        assertThat(run(1000, 200, 500, 600)).isBetween(1, 30);
        assertThat(tried).isBetween(1, 30);
    }

    @Test
    void triesTheOtherWayAgainAndChanges() {
        run(500, 140, 500, 800);
        assertThat(run(20_000, 300, 500, 600)).isLessThan(8000);
        assertThat(run(1000, 300, 500, 600)).isLessThan(10);
    }

    @Test
    void stepsWithoutGuessesSayNothing() {
        for (int i = 0; i < 100; i++) {
            assertThat(company.begin()).isTrue();
            company.checked(1, 1);
        }
        assertThat(run(6, 140, 500, 800)).isEqualTo(3);
    }

    /** Make steps of four guesses each, and return how many were read along. */
    private int run(int steps, long readAlong, long checkAlong, long checkAlone) {
        int count = 0;
        for (int step = 0; step < steps; step++) {
            boolean along = company.begin();
            tried += company.isTrying() ? 1 : 0;
            count += along ? 1 : 0;
            for (int round = 0; round < 4; round++) {
                company.read(1, along ? readAlong : READ);
            }
            company.checked(5, along ? checkAlong : checkAlone);
        }
        return count;
    }
}
