namespace Faultline.Engine.Search.Optimal;

/// <summary>What an optimal stateless search counted.</summary>
/// <param name="Complete">
/// Mazurkiewicz traces: schedules that ran until nothing more could happen, no two of which differ by independent steps only.
/// </param>
/// <param name="SleepSetBlocked">Schedules given up half-way because all that could go on had been explored; 0, or the search has a defect.</param>
/// <param name="Cut">Schedules given up because they were too long. None, or the search is not complete.</param>
public readonly record struct TraceCounts(long Complete, long SleepSetBlocked, long Cut);
