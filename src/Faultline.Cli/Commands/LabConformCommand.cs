using System.CommandLine;
using System.Globalization;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Real.Conformance;
using Faultline.Real.Lab;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline lab conform</c>: tests of one thread, step by step on a real kernel and on the model.</summary>
internal sealed class LabConformCommand
{
    private const int Shown = 5;

    private readonly Argument<string> version = new("V") { Description = "A kernel: a version such as 6.12, or a whole release. It is prepared if need be." };
    private readonly Option<string[]> filesystem = SharedOptions.Filesystem();
    private readonly Option<int> count = new("--count") { Description = "So many random tests, after those for single steps.", HelpName = "N", DefaultValueFactory = _ => 2000 };
    private readonly Option<int> seed = new("--seed") { Description = "The same seed gives the same tests.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<string> record = new("--record") { Description = "Write what the kernel did to DIR/RELEASE-FS.gz, for 'lab replay'.", HelpName = "DIR" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var it = new LabConformCommand();
        var command = new Command("conform", "Run tests of one thread on a real kernel and compare with the model after each step.")
        {
            it.version, it.filesystem, it.count, it.seed, it.record,
        };
        command.SetAction(LabCommand.Interruptible(it.Run));
        return command;
    }

    /// <summary><c>faultline lab replay</c>: recordings against the model, without a kernel.</summary>
    public static Command CreateReplay()
    {
        var files = new Argument<string[]>("FILE") { Description = "What 'lab conform --record' wrote.", Arity = ArgumentArity.OneOrMore };
        Option<string[]> kernel = SharedOptions.Kernel("Default: the one that stands for the recorded kernel.");
        var command = new Command("replay", "Compare recordings of real kernels with the model.") { files, kernel };
        command.SetAction(parsed => ExitCode.Worst(parsed.GetValue(files)!.Select(path => Replay(path, parsed.GetValue(kernel) ?? []))));
        return command;
    }

    private async Task<int> Run(ParseResult parsed, CancellationToken cancellation)
    {
        int random = parsed.GetValue(count), start = parsed.GetValue(seed);
        if (random < 0)
        {
            throw new InputException("faultline: --count takes a number of 0 or more");
        }

        Manifest kernel = await new KernelLab(LabCommand.Say).Prepare(
            parsed.GetValue(version)!, LabPrepareCommand.DefaultSuite, again: false, cancellation);
        LabCommand.ModelOf(kernel);
        await using Guest guest = await Guest.Boot(kernel, new GuestOptions(Accelerator: kernel.Accelerator), cancellation);
        int code = ExitCode.AsExpected;
        foreach (FilesystemKind fs in Inputs.Filesystems(parsed.GetValue(filesystem) ?? []))
        {
            string command = string.Create(
                CultureInfo.InvariantCulture, $"faultline lab conform {kernel.Release} --fs {Inputs.Name(fs)} --seed {start} --count {random}");
            ConformanceRun run = await ConformanceRun.Start(guest, Inputs.Name(fs), cancellation);
            code = ExitCode.Worst([code, await Run(run, command, start, random, parsed.GetValue(record), cancellation)]);
        }

        return code;
    }

    private static async Task<int> Run(ConformanceRun run, string command, int seed, int random, string? folder, CancellationToken cancellation)
    {
        IReadOnlyList<(string Name, Sequence Sequence)> tests = ConformanceRun.Tests(seed, random);
        int pages = await run.CheckViews(cancellation);
        using var progress = new ProgressLine();
        Recording recording = await run.Run(tests, command, done => progress.Show(done, tests.Count, "tests on the real kernel"), cancellation);
        progress.Clear();
        if (folder is not null)
        {
            Write(recording, folder);
        }

        KernelVersion model = recording.Model!;
        IReadOnlyList<RecordedTest> differ = ConformanceText.Differences(recording, model);
        foreach (RecordedTest test in differ.Take(Shown))
        {
            RecordedTest small = await run.Shrink(test, recording, cancellation);
            ConformanceText.Describe(recording, small, model).ToList().ForEach(Console.Out.WriteLine);
        }

        Console.Out.WriteLine(ConformanceText.Summary(recording, model));
        Console.Out.WriteLine($"page tables: the agent in the guest and QEMU's 'info tlb' say the same of {pages} pages");
        return differ.Count > 0 ? ExitCode.Unexpected : ExitCode.AsExpected;
    }

    private static void Write(Recording recording, string folder)
    {
        string path = Path.Combine(folder, $"{recording.Release}-{recording.Filesystem}.gz");
        try
        {
            Directory.CreateDirectory(folder);
            using FileStream file = File.Create(path);
            recording.Write(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"faultline: cannot write {path}: {e.Message}");
        }
    }

    private static int Replay(string path, string[] kernels)
    {
        try
        {
            Recording recording = Recording.Read(path);
            KernelVersion model = kernels.Length > 0 ? Inputs.Kernels(kernels)[0]
                : recording.Model ?? throw new InputException($"faultline: {path}: {recording.Release} is older than every modelled kernel");
            IReadOnlyList<RecordedTest> differ = ConformanceText.Differences(recording, model);
            foreach (RecordedTest test in differ.Take(Shown))
            {
                ConformanceText.Describe(recording, test, model).ToList().ForEach(Console.Out.WriteLine);
            }

            Console.Out.WriteLine(ConformanceText.Summary(recording, model));
            return differ.Count > 0 ? ExitCode.Unexpected : ExitCode.AsExpected;
        }
        catch (FormatException e)
        {
            throw new InputException(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}:1:1: cannot be read: {e.Message}");
        }
    }
}
