using Faultline.Bench;
using Faultline.Bench.Coyote;
using Faultline.Bench.Growth;
using Faultline.Bench.Spin;

return args switch
{
    ["three-counters"] => ThreeCountersRun.Print(rounds: 10),
    ["three-counters", var text] when Number(text) is { } rounds => ThreeCountersRun.Print(rounds),
    ["spin", "counts"] => SpinCounts.Print(),
    ["spin", var text, .. var problems] when Number(text) is { } repeats => SpinComparison.Print(repeats, problems),
    ["spin", .. var problems] => SpinComparison.Print(repeats: 5, problems),
    ["coyote"] => CoyoteComparison.Print(repeats: 7),
    ["coyote", var text] when Number(text) is { } repeats => CoyoteComparison.Print(repeats),
    ["growth"] => GrowthRun.Print("growth.svg"),
    ["growth", var file] => GrowthRun.Print(file),
    ["optimal"] => SearchFigures.Optimal(),
    ["memory"] => SearchFigures.Memory(),
    ["cores"] => SearchFigures.Cores(repeats: 5),
    ["cores", var text] when Number(text) is { } repeats => SearchFigures.Cores(repeats),
    ["symmetry"] => SymmetryFigures.Print(repeats: 5),
    ["symmetry", var text] when Number(text) is { } repeats => SymmetryFigures.Print(repeats),
    ["four-threads"] => SearchFigures.Four(),
    ["seed"] => SeedRun.Print(repeats: 5),
    ["seed", var text] when Number(text) is { } repeats => SeedRun.Print(repeats),
    ["bdn", .. var rest] => TransitionBenchmarks.Run(rest),
    _ => Usage(),
};

static int? Number(string text) => int.TryParse(text, out int number) && number is >= 1 and <= 100 ? number : null;

static int Usage()
{
    Console.Error.WriteLine(
        """
        usage: Faultline.Bench three-counters [ROUNDS]   one exhaustive search (10 rounds: 14,161,794 states)
               Faultline.Bench spin counts               this engine's counts and Spin's, of models that exist twice
               Faultline.Bench spin [REPEATS] [PROBLEM...]   speed, memory and time to verdict of both, side by side
               Faultline.Bench coyote [REPEATS]          schedules a second and time to the bug, against Microsoft Coyote
               Faultline.Bench growth [FILE.svg]         states and time against threads, operations and pages, drawn
               Faultline.Bench optimal                   Mazurkiewicz traces, as GenMC and Nidhugg count them
               Faultline.Bench memory                    bytes a visited state, up to 100 million states
               Faultline.Bench cores [REPEATS]           two cores against one
               Faultline.Bench symmetry [REPEATS]        with and without interchangeable threads
               Faultline.Bench four-threads              a litmus test of four threads and three pages, exhaustively
               Faultline.Bench seed [REPEATS]            wall time of the tool on the seed corpus
               Faultline.Bench bdn [OPTIONS]             BenchmarkDotNet: time and bytes allocated per transition
        """);
    return 2;
}
