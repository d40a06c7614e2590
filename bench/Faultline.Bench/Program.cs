using Faultline.Bench;

return args switch
{
    ["three-counters"] => ThreeCountersRun.Print(rounds: 10),
    ["three-counters", var text] when Number(text) is { } rounds => ThreeCountersRun.Print(rounds),
    ["spin"] => SpinComparison.Print(repeats: 3),
    ["spin", var text] when Number(text) is { } repeats => SpinComparison.Print(repeats),
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
               Faultline.Bench spin [REPEATS]            the same search and Spin's, side by side
               Faultline.Bench seed [REPEATS]            wall time of the tool on the seed corpus
               Faultline.Bench bdn [OPTIONS]             BenchmarkDotNet: time and bytes allocated per transition
        """);
    return 2;
}
