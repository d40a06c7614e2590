using System.CommandLine;
using Faultline.Litmus;
using Faultline.Real.Histograms;
using Faultline.Real.Repro;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline repro</c>: a test as a C program, or as an fstests case.</summary>
internal sealed class ReproCommand
{
    private const int LastNumber = 9999;

    private readonly Argument<string> test = new("TEST") { Description = "A .litmus file." };
    private readonly Option<string> output = new("--output", "-o")
    {
        Description = "Where to: a file, or a folder for NAME.c in it. With --fstests: the root of an fstests tree. Default: standard output.",
        HelpName = "FILE|DIR",
    };

    private readonly Option<double> seconds = SharedOptions.Seconds("How long the program runs when its command line does not say.");
    private readonly Option<string> observe = SharedOptions.Observe(Watch.Named);
    private readonly Option<bool> fstests = new("--fstests") { Description = "Write an fstests case: test script, golden output and C program; on standard output as a patch for 'git apply'." };
    private readonly Option<int> number = new("--number") { Description = "With --fstests: the case's number in tests/generic. Default: 999.", HelpName = "NNN", DefaultValueFactory = _ => 999 };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var it = new ReproCommand();
        var command = new Command("repro", "Write a test as one self-contained C program that races its threads on a real kernel, or as an fstests case.")
        {
            it.test, it.output, it.seconds, it.observe, it.fstests, it.number,
        };
        command.SetAction(it.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        TestFile file = Inputs.LoadOne(parsed.GetValue(test)!);
        var options = new ReproOptions(SharedOptions.Positive("--seconds", parsed.GetValue(seconds)), SharedOptions.WatchOf(parsed.GetValue(observe)));
        string? to = parsed.GetValue(output);
        if (parsed.GetValue(fstests))
        {
            WriteCase(file, options, parsed.GetValue(number), to);
        }
        else if (to is null)
        {
            Console.Out.Write(ReproProgram.Write(file.Test!, options));
        }
        else
        {
            bool folder = Directory.Exists(to) || to.EndsWith('/');
            Save(folder ? Path.Combine(to, ReproProgram.NameOf(file.Test!) + ".c") : to, ReproProgram.Write(file.Test!, options));
        }

        foreach (string note in LeftOut.Of(file.Test!, options.Watch))
        {
            Console.Error.WriteLine($"faultline: left out: {note}");
        }

        return ExitCode.AsExpected;
    }

    private static void WriteCase(TestFile file, ReproOptions options, int number, string? to)
    {
        if (number is < 1 or > LastNumber)
        {
            throw new InputException($"faultline: --number takes 1 to {LastNumber}");
        }

        FstestsCase written = FstestsCase.Of(file.Test!, options, number);
        if (to is null)
        {
            Console.Out.Write(written.AsPatch());
            return;
        }

        foreach (FstestsFile part in written.Files)
        {
            Save(Path.Combine(to, part.Path), part.Text, part.IsExecutable);
        }

        Console.Error.WriteLine($"faultline: {written.Advice}");
    }

    private static void Save(string path, string text, bool isExecutable = false)
    {
        using var file = new OutputFile(path);
        file.Writer.Write(text);
        file.Finish(isExecutable);
    }
}
