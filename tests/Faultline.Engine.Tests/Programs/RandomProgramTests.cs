using CsCheck;
using Faultline.Engine.Search;

namespace Faultline.Engine.Tests.Programs;

/// <summary>The exhaustive search against an interpreter that was written without it, on random programs.</summary>
public sealed class RandomProgramTests
{
    /// <summary>No reduction in the interpreter: what the engine merges must not lose an end.</summary>
    [Fact]
    public void EndStatesAreThoseOfSingleOperations() => SmallProgram.Any.Sample(
        program =>
        {
            var interpreter = new Interpreter(program);
            var (states, _) = BruteForce.Reach(interpreter.Initial, interpreter.Next);
            var expected = states.Where(interpreter.IsFinal).ToHashSet();

            var model = new ProgramModel(program);
            var ends = new Ends(model);
            SearchResult result = ExhaustiveSearch.Run(model, ends, checkDeterminism: true);

            Assert.True(result.Complete);
            Assert.True(expected.SetEquals(ends.Found), "other end states");
            Assert.InRange(result.States, 1, states.Count);
            Assert.DoesNotContain(result.Violations, v => v.Kind is not (ViolationKind.Deadlock or ViolationKind.LockOrder));
        },
        iter: 3_000,
        threads: 1);

    /// <summary>The same rule for stretches in the interpreter: the graphs must be the same, to the state and to the step.</summary>
    [Fact]
    public void StatesAndStepsAreThoseOfStretches() => SmallProgram.Any.Sample(
        program =>
        {
            var interpreter = new Interpreter(program);
            var (states, transitions) = BruteForce.Reach(interpreter.InitialStretch, interpreter.NextStretch);
            SearchResult result = Searching.All(new ProgramModel(program));
            Assert.Equal((states.Count, transitions), (result.States, result.Transitions));
        },
        iter: 2_000,
        threads: 1);

    /// <summary>One thread alone, run without a search: always the first alternative, and no waiting.</summary>
    [Fact]
    public void OneThreadAloneEndsWhereItsOperationsLead() => SmallProgram.Any.Sample(
        program =>
        {
            var alone = new SmallProgram(program.Threads[..1]);
            var interpreter = new Interpreter(alone);
            string state = interpreter.Initial;
            while (!interpreter.IsFinal(state))
            {
                state = interpreter.Next(state).First();
            }

            var model = new ProgramModel(alone);
            string? end = null;
            if (interpreter.IsDone(state))
            {
                IReadOnlyList<Violation> wrong = SingleRun.Run(model, execution => end = model.Spell(execution));
                Assert.All(wrong, v => Assert.Equal(ViolationKind.LockOrder, v.Kind)); // one thread can take two locks in both orders
                Assert.Equal(state, end);
            }
            else
            {
                Assert.Throws<ModelException>(() => SingleRun.Run(model));
            }
        },
        iter: 1_000,
        threads: 1);

    [Fact]
    public void TwoThreadsAreNotRunAlone() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SingleRun.Run(new ThreeCounters(2, 1)));

    /// <summary>The programs do what they are for: some deadlock, some do not, some have many ends.</summary>
    [Fact]
    public void TheProgramsAreWorthSearching()
    {
        int stuck = 0, ended = 0, many = 0, saved = 0, count = 0;
        SmallProgram.Any.Sample(
            program =>
            {
                var interpreter = new Interpreter(program);
                var (states, _) = BruteForce.Reach(interpreter.Initial, interpreter.Next);
                var model = new ProgramModel(program);
                var ends = new Ends(model);
                SearchResult result = ExhaustiveSearch.Run(model, ends);
                count++;
                stuck += ends.Stuck > 0 ? 1 : 0;
                ended += result.EndStates > 0 ? 1 : 0;
                many += ends.Found.Count > 4 ? 1 : 0;
                saved += result.States < states.Count / 2 ? 1 : 0;
            },
            iter: 1_000,
            threads: 1);
        Assert.InRange(stuck, count / 50, count);
        Assert.InRange(ended, count / 2, count);
        Assert.InRange(many, count / 12, count);
        Assert.InRange(saved, count / 5, count);
    }

    private sealed class Ends(ProgramModel model) : ISearchObserver
    {
        public HashSet<string> Found { get; } = [];

        public int Stuck { get; private set; }

        public void EndState(Execution execution, bool stuck)
        {
            Found.Add(model.Spell(execution));
            Stuck += stuck ? 1 : 0;
        }

        public void Progress(SearchProgress progress)
        {
        }
    }
}
