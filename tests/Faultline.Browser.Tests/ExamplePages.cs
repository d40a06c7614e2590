using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Faultline.Browser.Tests;

/// <summary>The pages that the tests open, made by the tool as a user makes them, each once.</summary>
public sealed class ExamplePages : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("faultline-pages-").FullName;
    private readonly Lazy<string> race;
    private readonly Lazy<string> longRun;
    private readonly Lazy<string> seed;

    public ExamplePages()
    {
        race = new(() => Explain("race.html", "litmus/seed/generic-437.litmus", "--kernel", "v4.12+pfn-warn"));
        seed = new(() => Explain("seed", "litmus/seed"));
        longRun = new(() => Explain("long.html", Write("long.litmus", LongTest), "--kernel", "v4.12+pfn-warn"));
    }

    /// <summary>generic/437 on v4.12+pfn-warn, ext4.</summary>
    public string Race => race.Value;

    /// <summary>A witness of more than 1,500 steps.</summary>
    public string LongRun => longRun.Value;

    /// <summary>The folder of the seed corpus.</summary>
    public string Seed => seed.Value;

    private static string LongTest => """
        DAX long-witness
        "Many faults, then the race of generic-437"
        {
          file f = [block 7];
          file g = [hole * 8];
          map A = mmap(f, private, rw);
          map B = mmap(g, shared, rw);
        }
         P0                             | P1        ;
         repeat 6 {                     | r0 = A[0] ;
         repeat 8 as i {                |           ;
         B[i] = 1                       |           ;
         }                              |           ;
         fsync(g)                       |           ;
         fallocate(g[0..7], PUNCH_HOLE) |           ;
         }                              |           ;
         A[0] = 1                       |           ;
        exists (warn(insert_pfn) /\ 1:r0=1)
        """;

    /// <summary>A path in the pages' folder.</summary>
    public string At(string name) => Path.Combine(folder, name);

    /// <summary>Writes a file there.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        return At(name);
    }

    /// <summary>Runs <c>faultline explain</c> from the root of the repository.</summary>
    /// <returns>Path of the page or folder.</returns>
    public string Explain(string name, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = Root(), RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, "faultline.dll"), "explain", .. arguments, "--html", At(name)])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode is 0 or 1 ? At(name) : throw new InvalidOperationException(errors + output.Result);
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>The root of the repository.</summary>
    public static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
