using System.Diagnostics;
using System.Globalization;
using Faultline.Bench.Coyote;
using Microsoft.Coyote;
using Microsoft.Coyote.Rewriting;
using Microsoft.Coyote.SystematicTesting;

// Run by the bench command, after 'coyote rewrite'. Prints the schedules run, the seconds they took, and the bugs found.
if (args is not [var faultingText, var roundsText, var schedulesText, var seedText, "random" or "prioritization"]
    || !int.TryParse(faultingText, out int faulting) || !int.TryParse(roundsText, out int rounds)
    || !int.TryParse(schedulesText, out int schedules) || !uint.TryParse(seedText, out uint seed))
{
    Console.Error.WriteLine("usage: FAULTING ROUNDS SCHEDULES SEED random|prioritization");
    Console.Error.WriteLine("SCHEDULES n: that many, without looking for the bug; -n: until the bug is found, n times over");
    return 2;
}

if (!RewritingEngine.IsAssemblyRewritten(typeof(LockCheckActTasks).Assembly))
{
    Console.Error.WriteLine("not rewritten: Coyote would control nothing (dotnet coyote rewrite)");
    return 2;
}

TextWriter terminal = Console.Out;
Console.SetOut(TextWriter.Null); // Coyote's own reports would only cost it time
bool search = schedules < 0;
long run = 0, found = 0;
double seconds = 0;
for (uint i = 0; i < (search ? -schedules : 1); i++)
{
    Configuration configuration = Configuration.Create()
        .WithTestingIterations(search ? 1_000_000 : (uint)schedules)
        .WithTelemetryEnabled(false)
        .WithRandomGeneratorSeed((seed * 1_000) + i);
    configuration = args[4] == "random" ? configuration.WithRandomStrategy() : configuration.WithPrioritizationStrategy();
    long started = Stopwatch.GetTimestamp();
    using TestingEngine engine = TestingEngine.Create(configuration, () => new LockCheckActTasks(faulting, rounds, check: search).Run());
    engine.Run();
    seconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
    run += engine.TestReport.NumOfExploredFairPaths + engine.TestReport.NumOfExploredUnfairPaths;
    found += engine.TestReport.NumOfFoundBugs;
}

terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{run} {seconds:F6} {found}"));
return 0;
