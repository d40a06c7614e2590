using System.Diagnostics;
using System.Globalization;
using Faultline.Bench.Coyote;
using Microsoft.Coyote;
using Microsoft.Coyote.SystematicTesting;

// Run by the bench command, after 'coyote rewrite'. Prints the schedules run, the seconds they took, and the bugs found.
if (args is not [var faultingText, var roundsText, var schedulesText, var seedText, "random" or "prioritization"]
    || !int.TryParse(faultingText, out int faulting) || !int.TryParse(roundsText, out int rounds)
    || !uint.TryParse(schedulesText, out uint schedules) || !uint.TryParse(seedText, out uint seed))
{
    Console.Error.WriteLine("usage: FAULTING ROUNDS SCHEDULES SEED random|prioritization");
    Console.Error.WriteLine("SCHEDULES 0: until the bug is found; else that many, without looking for it");
    return 2;
}

bool untilFound = schedules == 0;
Configuration configuration = Configuration.Create()
    .WithTestingIterations(untilFound ? 1_000_000 : schedules)
    .WithTelemetryEnabled(false)
    .WithRandomGeneratorSeed(seed);
configuration = args[4] == "random" ? configuration.WithRandomStrategy() : configuration.WithPrioritizationStrategy();

using TestingEngine engine = TestingEngine.Create(configuration, () => new LockCheckActTasks(faulting, rounds, check: untilFound).Run());
if (!engine.IsTestRewritten())
{
    Console.Error.WriteLine("not rewritten: Coyote would control nothing (dotnet coyote rewrite)");
    return 2;
}

TextWriter terminal = Console.Out;
Console.SetOut(TextWriter.Null); // Coyote's own reports would only cost it time
long started = Stopwatch.GetTimestamp();
engine.Run();
double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
TestReport report = engine.TestReport;
terminal.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{report.NumOfExploredFairPaths + report.NumOfExploredUnfairPaths} {seconds:F6} {report.NumOfFoundBugs}"));
return 0;
