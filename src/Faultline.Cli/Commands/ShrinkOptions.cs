using System.CommandLine;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Shrinking;
using Faultline.Litmus.Syntax;
using ParseResult = System.CommandLine.ParseResult;

namespace Faultline.Cli.Commands;

/// <summary><c>check --shrink</c>: the smallest test that still fails in the same way, as a test to save.</summary>
internal sealed class ShrinkOptions
{
    private readonly Option<bool> shrink = new("--shrink")
    {
        Description = "Print the smallest test that still fails in the same way on the same kernel and filesystem. One test, one --kernel, one --fs.",
    };

    private readonly Option<string> violation = new("--violation")
    {
        Description = "With --shrink: which finding is to stay, by its name as 'check' prints it, or 'condition'. Default: the first.",
        HelpName = "NAME",
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(shrink);
        command.Add(violation);
    }

    /// <summary>Whether a test is to be shrunk.</summary>
    /// <exception cref="InputException">--violation without --shrink.</exception>
    public bool IsAskedFor(ParseResult parsed) => parsed.GetValue(shrink) || (parsed.GetValue(violation) is null
        ? false
        : throw new InputException("faultline: --violation is for --shrink; 'faultline explain' has it, too"));

    /// <summary>Checks the test, shrinks it and prints it.</summary>
    /// <returns>The exit code of the check; that of an incomplete search when shrinking was interrupted.</returns>
    /// <exception cref="InputException">More than one test, kernel or filesystem; no such finding.</exception>
    public int Run(ParseResult parsed, IReadOnlyList<TestFile> files, string[] kernels, string[] filesystems, CheckOptions options)
    {
        TestFile file = One("test", files, f => f.Path);
        KernelVersion kernel = One("--kernel", Inputs.Kernels(kernels), k => k.Name);
        IReadOnlyList<FilesystemKind> named = Inputs.Filesystems(filesystems);
        FilesystemKind filesystem = filesystems.Length > 0
            ? One("--fs", named, Inputs.Name)
            : named.Where(fs => NotRun.Of(file, kernel, fs) is null).DefaultIfEmpty(named[0]).First();
        Inputs.Demand(file, kernel, filesystem);

        using var progress = new ProgressLine();
        CheckResult failing = Checker.Check(
            file.Test!, file.Program!, kernel, filesystem, file.Expected?.Find(kernel.Name, Inputs.Name(filesystem)),
            options with { Progress = progress.Show });
        string? name = parsed.GetValue(violation);
        if (Choose(failing, name) is not { } failure)
        {
            progress.Clear();
            string what = failing.IsComplete ? "nothing is wrong" : $"{name ?? "nothing wrong"} was {(name is null ? "" : "not ")}found";
            Console.Error.WriteLine($"faultline: {Where(failing)}: {what}, nothing to shrink");
            return failing.ExitCode;
        }

        ShrinkResult result = Shrinker.Run(
            failing, failure, options,
            (tried, smallest) => progress.Show(tried, $"tests tried; the smallest so far has {Sizes(smallest)}"));
        progress.Clear();
        Print(failing, failure, result);
        return result.Interrupted ? ExitCode.Incomplete : failing.ExitCode;
    }

    private static void Print(CheckResult failing, Failure failure, ShrinkResult result)
    {
        Console.Out.Write(
            $"""
            (* {failure.Name} of {Where(failing)}
               was: {Sizes(failing.Test)}
               now: {Sizes(result.Test)}
               {Tried(result)} *)

            """);
        Console.Out.Write(LitmusPrinter.Print(result.Test));
        if (result.Interrupted)
        {
            Console.Error.WriteLine($"faultline: interrupted after {result.Tried} tests; this is the smallest so far");
        }
    }

    private static string Tried(ShrinkResult result) =>
        $"{Count(result.Tried, "test")} tried; "
        + (result.Interrupted ? "interrupted: smaller ones may fail, too"
            : result.Undecided > 0 ? $"nothing more can be left out, as far as {Count(result.Undecided, "search", "searches")} that met a bound can tell"
            : "nothing more can be left out");

    private static string Sizes(LitmusTest test) =>
        $"{Count(test.Threads.Count, "thread")}, {Count(test.Statements.Count(s => s is not RepeatStatement), "instruction")}, "
        + $"{Count(test.Maps.Count, "mapping")}, {Count(test.Files.Count, "file")}, {Count(TestSize.Pages(test), "page")}";

    private static Failure? Choose(CheckResult result, string? name)
    {
        IReadOnlyList<Failure> failures = Failure.Of(result);
        Failure? failure = failures.FirstOrDefault(f => name is null || f.Name == name);
        if (failure is not null || name is null || !result.IsComplete)
        {
            return failure;
        }

        List<string> names = [.. failures.Select(f => f.Name)];
        throw new InputException(
            $"faultline: no finding '{name}'{NearestName.Hint(name, names)}; found: {(names.Count == 0 ? "nothing" : string.Join(", ", names))}");
    }

    private static string Where(CheckResult result) =>
        $"{result.Test.Name} on {result.Machine.Version.Name}, {Inputs.Name(result.Machine.Filesystem)}";

    private static string Count(int n, string thing, string? things = null) => $"{n} {(n == 1 ? thing : things ?? $"{thing}s")}";

    private static T One<T>(string what, IReadOnlyList<T> several, Func<T, string> name) => several.Count == 1
        ? several[0]
        : throw new InputException($"faultline: --shrink takes one {what}, not {string.Join(", ", several.Select(name))}");
}
