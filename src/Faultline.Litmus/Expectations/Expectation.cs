using Faultline.Litmus.Verdicts;

namespace Faultline.Litmus.Expectations;

/// <summary>What a test is known to do on one kernel and filesystem.</summary>
/// <param name="Observation">Never, Sometimes or Always.</param>
/// <param name="Violations">Names of the violations known there, sorted: <c>warn(insert_pfn)</c>, <c>refinement</c>, <c>I6</c>, ...</param>
public sealed record Expectation(Observation Observation, IReadOnlyList<string> Violations)
{
    /// <summary>Makes an expectation with its violations sorted and without duplicates.</summary>
    /// <param name="observation">Never, Sometimes or Always.</param>
    /// <param name="violations">Names of the violations.</param>
    public static Expectation Of(Observation observation, params IEnumerable<string> violations) =>
        new(observation, [.. violations.Distinct().Order(StringComparer.Ordinal)]);

    /// <inheritdoc/>
    public bool Equals(Expectation? other) =>
        other is not null && Observation == other.Observation && Violations.SequenceEqual(other.Violations);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Observation, string.Join(",", Violations));

    /// <summary>Prints it as the right side of a line: <c>Sometimes; warn(insert_pfn)</c>.</summary>
    public override string ToString() =>
        Violations.Count == 0 ? Observation.ToString() : $"{Observation}; {string.Join(", ", Violations)}";
}

/// <summary>One kernel and filesystem of a line of a <c>.expected</c> file.</summary>
/// <param name="Kernel">Name of the kernel version.</param>
/// <param name="FileSystem">ext4 or xfs.</param>
/// <param name="Expectation">What is known there.</param>
/// <param name="Position">Where the kernel's name stands.</param>
public sealed record ExpectedEntry(string Kernel, string FileSystem, Expectation Expectation, SourcePosition Position);
