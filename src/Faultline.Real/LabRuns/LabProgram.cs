using Faultline.Litmus;
using Faultline.Litmus.Syntax;
using Faultline.Real.Repro;
using Faultline.Real.Runs;

namespace Faultline.Real.LabRuns;

/// <summary>A test's C program, compiled on this machine for a guest.</summary>
/// <param name="File">The test.</param>
/// <param name="Path">The program, linked statically: the guest has no libraries.</param>
public sealed record LabProgram(TestFile File, string Path)
{
    /// <summary>The test.</summary>
    public LitmusTest Test => File.Test!;

    /// <summary>It wants shared blocks, which XFS has when it is made so.</summary>
    public bool NeedsReflink => Test.Statements.Any(s => s is ReflinkStatement);

    /// <summary>It reads with O_DIRECT from a disk, so that a device writes into its mapping.</summary>
    public bool NeedsDisk => Test.Statements.Any(s => s is DirectReadStatement);

    /// <summary>It poisons memory until the next boot.</summary>
    public bool Poisons => Test.Statements.Any(s => s is HwPoisonStatement);

    /// <summary>Why a program cannot do what a test says, at its place; null: it can.</summary>
    /// <param name="file">The test.</param>
    public static string? WhyNot(TestFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return LeftOut.Essential(file.Test!) is { } missing
            ? $"{file.Path}:{missing.Position.Line}:{missing.Position.Column}: {LeftOut.EssentialReason}"
            : null;
    }

    /// <summary>Writes and compiles a test's program.</summary>
    /// <param name="file">The test.</param>
    /// <param name="options">How it is written.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="cancellation">Ends the compiler.</param>
    /// <exception cref="RunException">No compiler, or it refuses.</exception>
    public static LabProgram Compile(TestFile file, ReproOptions options, string folder, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(file);
        string program = System.IO.Path.Combine(folder, System.IO.Path.GetRandomFileName()), source = program + ".c";
        System.IO.File.WriteAllText(source, ReproProgram.Write(file.Test!, options));
        CCompiler.Compile(source, program, cancellation, "-static");
        System.IO.File.Delete(source);
        return new LabProgram(file, program);
    }
}
