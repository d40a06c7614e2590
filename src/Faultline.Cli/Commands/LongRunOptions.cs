using System.CommandLine;
using System.Globalization;
using Faultline.Engine.Search.Checkpoints;
using Faultline.Litmus.Checking;

namespace Faultline.Cli.Commands;

/// <summary>What a search needs that goes on for long: a bound of memory, and a checkpoint to go on from.</summary>
internal sealed class LongRunOptions
{
    private const double DefaultInterval = 60;

    private readonly Option<string> maxMemory = new("--max-memory")
    {
        Description = "Stop each search when its states take so much memory, e.g. 512M or 8G. Default: three quarters of what there is.",
        HelpName = "SIZE",
    };

    private readonly Option<string> checkpoint = new("--checkpoint")
    {
        Description = "Keep the search in this file, now and then and when it meets a bound or is interrupted. For one test, kernel and filesystem.",
        HelpName = "FILE",
    };

    private readonly Option<double> every = new("--checkpoint-every")
    {
        Description = $"How often. Default: {DefaultInterval} s.",
        HelpName = "SECONDS",
    };

    private readonly Option<bool> resume = new("--resume") { Description = "Go on with the search that the checkpoint holds." };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(maxMemory);
        command.Add(checkpoint);
        command.Add(every);
        command.Add(resume);
    }

    /// <summary>Goes on with a search?</summary>
    public bool Resumes(ParseResult parsed) => parsed.GetValue(resume);

    /// <summary>Bytes that all searches together may take.</summary>
    /// <exception cref="InputException">It is no size.</exception>
    public long MaxMemory(ParseResult parsed) => parsed.GetValue(maxMemory) is { } text
        ? Size(text)
        : SharedOptions.DefaultMemory;

    /// <summary>The checkpoint of the one search; null: none is kept.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="subject">What is searched, in words.</param>
    /// <param name="searches">How many searches were asked for.</param>
    /// <exception cref="InputException">It cannot be kept, or not be gone on with.</exception>
    public CheckpointFile? Checkpoint(ParseResult parsed, string subject, int searches)
    {
        double seconds = parsed.GetValue(every);
        if (parsed.GetValue(checkpoint) is not { } path)
        {
            return parsed.GetValue(resume) || seconds != 0
                ? throw new InputException("faultline: --resume and --checkpoint-every need --checkpoint FILE")
                : null;
        }

        if (searches != 1)
        {
            throw new InputException($"faultline: a checkpoint holds one search; {searches} were asked for: name one test, --kernel and --fs");
        }

        if (seconds < 0 || double.IsNaN(seconds))
        {
            throw new InputException("faultline: --checkpoint-every takes a number above 0");
        }

        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (!Directory.Exists(folder))
        {
            throw new InputException($"{path}: there is no folder {folder}");
        }

        var file = new CheckpointFile(path, subject)
        {
            Interval = TimeSpan.FromSeconds(seconds == 0 ? DefaultInterval : seconds),
            NotWritten = why => Console.Error.WriteLine($"faultline: the checkpoint {path} could not be written, the one before still stands: {why}"),
        };
        if (parsed.GetValue(resume))
        {
            file.Prepare();
        }

        return file;
    }

    /// <summary>Says what became of the checkpoint: it goes when the search is complete.</summary>
    public static void TellOfCheckpoint(CheckpointFile checkpoint, IReadOnlyList<CheckResult> results)
    {
        if (results.Count == 1 && results[0].Search.Complete)
        {
            File.Delete(checkpoint.Path);
        }
        else if (File.Exists(checkpoint.Path))
        {
            Console.Error.WriteLine($"faultline: the search is kept in {checkpoint.Path}; the same command with --resume goes on with it");
        }
    }

    private static long Size(string text)
    {
        int shift = char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        string number = shift == 0 ? text : text[..^1];
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double size) && size > 0
            ? (long)(size * (1L << shift))
            : throw new InputException($"faultline: --max-memory takes a size like 512M or 8G, not '{text}'");
    }
}
