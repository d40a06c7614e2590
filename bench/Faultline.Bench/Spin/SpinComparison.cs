using Faultline.Engine.Search;

namespace Faultline.Bench.Spin;

/// <summary>
/// The same models by this engine and by Spin, side by side in one run: in turns, so that a noisy machine is noisy for both, and
/// medians. Without reduction both must visit the same states, and the yardstick is the fastest of Spin's settings that does;
/// with reduction both must give the same verdict.
/// </summary>
internal static class SpinComparison
{
    /// <summary>Compares on each problem that is named, or on all but the largest.</summary>
    public static int Print(int repeats, string[] names)
    {
        Problem[] problems = [.. Problem.Timed.Where(p => names.Length == 0 ? !p.OnlyByName : names.Any(n => p.Name.StartsWith(n, StringComparison.Ordinal)))];
        if (problems.Length == 0)
        {
            Console.Error.WriteLine($"no problem of that name; there are {string.Join(", ", Problem.Timed.Select(p => p.Name))}");
            return 2;
        }

        return Guarded(tool =>
        {
            Console.WriteLine(tool.Versions);
            Console.WriteLine($"medians of {repeats} runs of each, in turns; spin built with -O3 -march=native -DSAFETY and the options named");
            var results = problems.Select(p => Compare(p, tool, repeats)).ToList();
            Summarise(results);
            return results.All(r => r.Agreed) ? 0 : 1;
        });
    }

    /// <summary>Runs with a folder for Spin's files; says what is missing when there is no Spin.</summary>
    public static int Guarded(Func<SpinTool, int> run)
    {
        try
        {
            using var tool = new SpinTool();
            return run(tool);
        }
        catch (MissingToolException missing)
        {
            Console.Error.WriteLine($"{missing.Tool} is not installed: this comparison needs spin (6.5 or later) and gcc.");
            Console.Error.WriteLine("On Debian or Ubuntu: apt-get install spin gcc");
            return 2;
        }
    }

    private static Result Compare(Problem problem, SpinTool tool, int repeats)
    {
        SearchResult counted = ExhaustiveSearch.Run(problem.Model()); // also warms up, and says how large Spin's table must be
        Contender[] all = Contender.Of(problem, tool, counted.States);
        Progress($"{problem.Name}: to be compiled");
        Array.ForEach(all, c => c.WarmUp());
        for (int i = 0; i < repeats; i++)
        {
            foreach (Contender contender in all)
            {
                Progress($"{problem.Name}, run {i + 1} of {repeats}: {contender.Name}");
                contender.Measure();
            }
        }

        Progress("");
        Contender[] full = [.. all.Where(c => !c.Reduced)];
        Contender[] exact = [.. full.Where(c => c.Median.Complete && c.Median.States == counted.States)];
        Contender mine = full.First(c => c.Ours);
        Contender? best = exact.Where(c => !c.Ours).MaxBy(c => c.Speed);
        Console.WriteLine();
        Console.WriteLine(problem.Name);
        Console.WriteLine($"  {"every state",-36}{"states",12}{"transitions",13}{"seconds",9}{"trans./s/core",15}{"bytes/state",13}{"faultline is",14}");
        foreach (Contender c in full)
        {
            Console.WriteLine($"  {Row(c)}{(c == mine ? "" : $"{mine.Speed / c.Speed,13:N2}x")}{Remark(c, mine, exact, counted.States)}{(c == best ? "  <- best" : "")}");
        }

        Contender[] reduced = [mine, .. all.Where(c => c.Reduced)];
        Contender fastest = all.Where(c => c.Reduced && c.Name.StartsWith("spin", StringComparison.Ordinal)).MinBy(c => c.Median.Seconds)!;
        Console.WriteLine($"  {"time to verdict",-36}{"states",12}{"transitions",13}{"seconds",9}{"trans./s/core",15}{"bytes/state",13}{"time",8}{"states",9}");
        foreach (Contender c in reduced)
        {
            Console.WriteLine($"  {Row(c)}{c.Median.Seconds / fastest.Median.Seconds,7:N2}x{(double)c.Median.States / fastest.Median.States,8:N2}x{(c == fastest ? "  <- against this" : "")}");
        }

        bool agreed = all.Where(c => c.Median.Complete && c.SameModel).Select(c => c.Median.Failed).Distinct().Count() == 1
            && exact.Any(c => !c.Ours) && full.Where(c => c.Ours).All(exact.Contains);
        Console.WriteLine(agreed
            ? $"  verdict of all: {(mine.Median.Failed ? "an error" : "no error")}; {exact.Length} of {full.Length} visited the same {counted.States:N0} states"
            : "  THE TWO SIDES DISAGREE");
        return new Result(problem, mine, best, all.Where(c => c.Ours && c.Reduced).DefaultIfEmpty(mine).MinBy(c => c.Median.Seconds)!, fastest, agreed);
    }

    private static void Summarise(List<Result> results)
    {
        Console.WriteLine();
        Console.WriteLine($"{"faultline against spin's best",-30}{"trans./s/core",14}{"time, reduced",15}{"states, reduced",17}");
        foreach (Result r in results)
        {
            Console.WriteLine(
                $"{r.Problem.Name,-30}{(r.Best is null ? "no equal" : $"{r.Mine.Speed / r.Best.Speed:N2}x"),14}"
                + $"{r.MineReduced.Median.Seconds / r.Fastest.Median.Seconds,14:N2}x"
                + $"{(double)r.MineReduced.Median.States / r.Fastest.Median.States,16:N2}x");
        }
    }

    private static string Row(Contender c) =>
        $"{c.Name,-36}{c.Median.States,12:N0}{c.Median.Transitions,13:N0}{c.Median.Seconds,9:N2}{c.Speed,15:N0}{c.Median.Bytes / c.Median.States,13:N1}";

    private static string Remark(Contender c, Contender mine, Contender[] exact, long states) =>
        c.Ours && c.Cores > 1 ? $"  {c.Speed * c.Cores / mine.Speed:N2}x one core"
        : exact.Contains(c) ? ""
        : !c.Median.Complete ? "  out of memory: no equal"
        : $"  lost {states - c.Median.States:N0} states: no equal";

    private static void Progress(string text)
    {
        if (!Console.IsErrorRedirected)
        {
            Console.Error.Write($"\r{text,-78}\r");
        }
    }

    private sealed record Result(
        Problem Problem, Contender Mine, Contender? Best, Contender MineReduced, Contender Fastest, bool Agreed);
}
